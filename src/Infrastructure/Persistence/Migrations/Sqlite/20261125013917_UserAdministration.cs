using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class UserAdministration : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "search_text",
                table: "users",
                type: "TEXT",
                maxLength: 456,
                nullable: false,
                defaultValue: "");

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

            UserSearchSql.UpSqlite(migrationBuilder);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            UserSearchSql.DownSqlite(migrationBuilder);

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
        }
    }
}
