using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class UserAdministration : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterColumn<string>(
                name: "normalized_email",
                table: "users",
                type: "character varying(254)",
                maxLength: 254,
                nullable: false,
                collation: "C",
                oldClrType: typeof(string),
                oldType: "character varying(254)",
                oldMaxLength: 254);

            migrationBuilder.AddColumn<string>(
                name: "search_text",
                table: "users",
                type: "character varying(456)",
                maxLength: 456,
                nullable: false,
                defaultValue: "",
                collation: "C");

            migrationBuilder.CreateIndex(
                name: "ix_users_created_at",
                table: "users",
                columns: new[] { "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_role",
                table: "users",
                columns: new[] { "role", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_role_status",
                table: "users",
                columns: new[] { "role", "status", "created_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_search_text",
                table: "users",
                columns: new[] { "search_text", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_users_status",
                table: "users",
                columns: new[] { "status", "created_at", "id" });

            UserSearchSql.UpPostgreSql(migrationBuilder);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            UserSearchSql.DownPostgreSql(migrationBuilder);

            migrationBuilder.DropIndex(
                name: "ix_users_created_at",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_role",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_role_status",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_search_text",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_users_status",
                table: "users");

            migrationBuilder.DropColumn(
                name: "search_text",
                table: "users");

            migrationBuilder.AlterColumn<string>(
                name: "normalized_email",
                table: "users",
                type: "character varying(254)",
                maxLength: 254,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(254)",
                oldMaxLength: 254,
                oldCollation: "C");
        }
    }
}
