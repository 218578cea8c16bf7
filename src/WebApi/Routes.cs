using GoApi.WebApi.ApiClients;
using GoApi.WebApi.AuditLogs;
using GoApi.WebApi.Dev;
using GoApi.WebApi.Http;
using GoApi.WebApi.Notifications;
using GoApi.WebApi.OAuth;
using GoApi.WebApi.OpenApi;
using GoApi.WebApi.Pages;
using GoApi.WebApi.Reviews;
using GoApi.WebApi.Status;
using GoApi.WebApi.Users;

namespace GoApi.WebApi;

internal static class Routes
{
    /// <summary>One line a module.</summary>
    public static void MapRoutes(this IEndpointRouteBuilder app)
    {
        var routes = app.MapApi();
        routes.MapStatus();
        routes.MapUsers();
        routes.MapPermissions();
        routes.MapApiClients();
        routes.MapAuditLogs();
        routes.MapNotifications();
        routes.MapReviews();
        routes.MapTemplates();
        routes.MapWebhooks();
        routes.MapMailbox();
        app.MapOAuth();
        app.MapPages();
        app.MapApiDescription();
    }
}
